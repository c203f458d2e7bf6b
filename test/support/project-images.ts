import { join } from "node:path";
import { bundle } from "../../scripts/bundle.ts";
import { type ImageDefinition, operatorImage, postgresqlDumperImage } from "../../scripts/image-list.ts";
import { cacheDirectory } from "../bed/cache.ts";
import { type Image, imageOf, type RootFilesystem } from "../bed/image.ts";
import { nodeAndPostgresClientsRoot, nodeRoot } from "../bed/rootfs.ts";

/** The project's images, of the same files and settings as the Dockerfiles', under the names that an install uses. */
export async function projectImages(): Promise<readonly Image[]> {
  const build = cacheDirectory("build"); // one place: an image of unchanged files is packed once
  await bundle(build);
  return [
    await packed(operatorImage, build, await nodeRoot()),
    await packed(postgresqlDumperImage, build, await nodeAndPostgresClientsRoot()),
  ];
}

function packed(definition: ImageDefinition, build: string, base: RootFilesystem): Promise<Image> {
  const { name, files, env, workdir, user, entrypoint } = definition;
  return imageOf({
    name,
    base,
    files: files.map(({ from, to }) => ({ from: join(build, from), to, mode: 0o755 })),
    config: {
      Entrypoint: entrypoint,
      // A container engine adds the base image's PATH; here there is none to inherit.
      Env: Object.entries({ PATH: "/usr/local/bin:/usr/bin:/bin", ...env }).map(([key, value]) => `${key}=${value}`),
      WorkingDir: workdir,
      User: user,
    },
  });
}

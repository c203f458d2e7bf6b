import { installProgram } from "./go.ts";
import { imageOf, type Image } from "./image.ts";
import { accounts } from "./rootfs.ts";

/**
 * An S3 server as a pod, `localhost/versitygw:1`, on port 7070. It reads `ROOT_ACCESS_KEY` and `ROOT_SECRET_KEY`, runs
 * as 65532 and keeps objects below `/data`: mount a volume there (with `fsGroup`) where the root file system is
 * read-only. Buckets are the caller's to create. A Service of it must not be called `vgw`: the variables that Kubernetes
 * makes of that name are the server's own.
 */
export async function versitygwImage(): Promise<Image> {
  return imageOf({
    name: "localhost/versitygw:1",
    files: [
      ...accounts(),
      { from: await installProgram("versitygw"), to: "/versitygw", mode: 0o755 },
      { folder: "/data", mode: 0o1777 },
    ],
    config: { Entrypoint: ["/versitygw", "--port", ":7070", "--quiet", "posix", "/data"], User: "65532:65532" },
  });
}

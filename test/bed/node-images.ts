import { run } from "./command.ts";
import { buildProgram } from "./go.ts";
import { imageOf, type Image } from "./image.ts";

const BUSYBOX = "/bin/busybox";

/** Holds a pod's namespaces open. */
export async function pauseImage(): Promise<Image> {
  const files = [{ from: await buildProgram("pause"), to: "/pause", mode: 0o755 }];
  return imageOf({ name: "localhost/pause:1", files, config: { Entrypoint: ["/pause"], User: "65535:65535" } });
}

export async function coreDnsImage(): Promise<Image> {
  const files = [{ from: await buildProgram("coredns"), to: "/coredns", mode: 0o755 }];
  return imageOf({ name: "localhost/coredns:1", files, config: { Entrypoint: ["/coredns"] } });
}

/** `localhost/shell:1`: busybox's programs and kubectl, for pods of tests; runs as 65532. */
export async function shellImage(): Promise<Image> {
  const applets = (await run(BUSYBOX, ["--list"]))
    .split("\n")
    .filter((applet) => applet !== "" && applet !== "busybox");
  return imageOf({
    name: "localhost/shell:1",
    files: [
      { from: BUSYBOX, to: "/bin/busybox", mode: 0o755 },
      ...applets.map((applet) => ({ link: "busybox", to: `/bin/${applet}` })),
      { from: await buildProgram("kube"), to: "/bin/kube", mode: 0o755 },
      { content: '#!/bin/sh\nexec /bin/kube kubectl "$@"\n', to: "/bin/kubectl", mode: 0o755 },
    ],
    config: { Cmd: ["/bin/sh"], User: "65532:65532", Env: ["PATH=/bin"] },
  });
}

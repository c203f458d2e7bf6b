import { run } from "./command.ts";
import { buildProgram } from "./go.ts";
import { imageOf, type Image } from "./image.ts";
import type { LayerFile } from "./layer.ts";

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

/** `localhost/shell:1`: busybox's programs, for pods of tests; runs as 65532. On every node from the start. */
export async function shellImage(): Promise<Image> {
  return imageOf({ name: "localhost/shell:1", files: await busybox(), config: SHELL_CONFIG });
}

/** `localhost/kubectl:1`: the same with kubectl, to be imported by tests that need it: it is large. */
export async function kubectlImage(): Promise<Image> {
  const files = [
    ...(await busybox()),
    { from: await buildProgram("kube"), to: "/bin/kube", mode: 0o755 },
    { content: '#!/bin/sh\nexec /bin/kube kubectl "$@"\n', to: "/bin/kubectl", mode: 0o755 },
  ];
  return imageOf({ name: "localhost/kubectl:1", files, config: SHELL_CONFIG });
}

const SHELL_CONFIG = { Cmd: ["/bin/sh"], User: "65532:65532", Env: ["PATH=/bin", "HOME=/tmp"] };

async function busybox(): Promise<LayerFile[]> {
  const applets = (await run(BUSYBOX, ["--list"])).split("\n").filter((name) => name !== "" && name !== "busybox");
  return [
    { from: BUSYBOX, to: "/bin/busybox", mode: 0o755 },
    ...applets.map((applet) => ({ link: "busybox", to: `/bin/${applet}` })),
    { folder: "/tmp", mode: 0o1777 },
  ];
}

import { KubeConfig } from "@kubernetes/client-node";
import { shutdownSignal } from "../runtime/shutdown.ts";
import { runOperator } from "./run.ts";

const kubeConfig = new KubeConfig();
kubeConfig.loadFromDefault(); // the pod's service account, or what kubectl would use
process.exitCode = await runOperator({ env: process.env, kubeConfig, signal: shutdownSignal() });

import { isBitnami, searchAccounts } from "./conventions.ts";
import { byDefault, type DatabaseEnvironment, type Outcome } from "./database-environment.ts";
import { enginesNamedBy, type ImageVersion, searchVersionIn } from "./image-version.ts";
import { managedLogin } from "./managed-accounts.ts";
import type { Container } from "./objects.ts";
import { type SearchSettings, searchSettings } from "./search-settings.ts";
import type { Workload } from "./workloads.ts";

export interface SearchConnection {
  /** Both are unset where the server asks for nobody. */
  readonly username: Outcome;
  readonly password: Outcome;
  readonly https: boolean;
}

export interface SearchConnectionInput {
  readonly product: keyof typeof searchAccounts;
  readonly environment: DatabaseEnvironment;
  readonly workload: Workload;
  readonly container: Container;
}

/** The superuser's account and the scheme, as the settings of the container and the defaults of its image have them. */
export function searchConnection(input: SearchConnectionInput): SearchConnection {
  const { product, environment, workload } = input;
  const names = searchAccounts[product];
  const managed = managedLogin("search", environment, workload, true);
  if (managed !== null) {
    const password =
      managed.password === "unset" ? environment.missing(names.password, managed.reason) : managed.password;
    // ECK's own variable: https, unless the cluster was told otherwise.
    return { username: managed.username, password, https: environment.setting("READINESS_PROBE_PROTOCOL") !== "http" };
  }
  const password = environment.first(names.password);
  const { isOn, https, isDemo } = securityOf(input, password !== "unset");
  if (!isOn) return { username: "unset", password: "unset", https };
  const said = environment.first(names.username);
  const username = said === "unset" ? byDefault(names.byDefault, "the superuser") : said;
  if (password !== "unset") return { username, password, https };
  const known = byDefault("admin", "the demonstration's, which everybody knows");
  return { username, password: isDemo ? known : environment.missing(names.password, ""), https };
}

interface Security {
  readonly isOn: boolean;
  readonly https: boolean;
  /** Whether the superuser has the password that its image is known for. */
  readonly isDemo: boolean;
}

function securityOf({ product, environment, container }: SearchConnectionInput, hasPassword: boolean): Security {
  const image = container.image ?? "";
  const settings = searchSettings(environment);
  if (isBitnami(container)) return bitnamiSecurity(settings, product);
  const version = searchVersionIn(image);
  return product === "elasticsearch"
    ? elasticsearchSecurity(settings, version, hasPassword)
    : opensearchSecurity(settings, version, hasPassword || enginesNamedBy(image).includes("opensearch"));
}

/** Off unless asked for, and then with TLS: https://github.com/bitnami/containers/tree/main/bitnami/elasticsearch#configuration */
function bitnamiSecurity(settings: SearchSettings, product: SearchConnectionInput["product"]): Security {
  const prefix = product.toUpperCase();
  const isOn = isYes(settings(`${prefix}_ENABLE_SECURITY`)) ?? false;
  return { isOn, https: isOn && (isYes(settings(`${prefix}_ENABLE_REST_TLS`)) ?? true), isDemo: false };
}

/** On by default since 8, and over https where a node sets itself up: https://www.elastic.co/docs/deploy-manage/security/self-auto-setup */
function elasticsearchSecurity(settings: SearchSettings, version: ImageVersion | null, hasPassword: boolean): Security {
  const isModern = version !== null && version.major >= 8;
  const said = isYes(settings("xpack.security.enabled"));
  const isOn = said ?? (isModern || hasPassword);
  const isAlone =
    settings("discovery.type") === "single-node" ||
    (settings("discovery.seed_hosts") === null && settings("cluster.initial_master_nodes") === null);
  const setsItselfUp = isYes(settings("xpack.security.autoconfiguration.enabled")) ?? true;
  const byDefault = isModern && said === null && isAlone && setsItselfUp;
  return { isOn, https: isYes(settings("xpack.security.http.ssl.enabled")) ?? byDefault, isDemo: false };
}

/** On by default, with the certificates of a demonstration: https://docs.opensearch.org/latest/security/configuration/demo-configuration/ */
function opensearchSecurity(settings: SearchSettings, version: ImageVersion | null, isOnByDefault: boolean): Security {
  const isOff = [settings("DISABLE_SECURITY_PLUGIN"), settings("plugins.security.disabled")].some(isYes);
  const isOn = !isOff && isOnByDefault;
  const https = isOn && (isYes(settings("plugins.security.ssl.http.enabled")) ?? true);
  const isBefore212 = version !== null && (version.major < 2 || (version.major === 2 && (version.minor ?? 12) < 12));
  return { isOn, https, isDemo: isBefore212 && isYes(settings("DISABLE_INSTALL_DEMO_CONFIG")) !== true };
}

function isYes(text: string | null): boolean | null {
  return text === null || text === "" ? null : /^(true|yes|1)$/i.test(text);
}

/** Whose indices begin with what. Only these are left out: any other index, hidden or not, is dumped. */
const systemIndices: readonly (readonly [owner: string, beginnings: readonly string[]])[] = [
  ["security", [".security", ".opendistro_security", ".opensearch-security", ".secrets-"]],
  [
    "tasks and asynchronous searches",
    [".tasks", ".async-search", ".opendistro-asynchronous-search", ".opensearch-sap-"],
  ],
  ["monitoring", [".monitoring-", ".profiling-", ".opensearch-observability", "top_queries-"]],
  [
    "Watcher and alerting",
    [
      ".watches",
      ".triggered_watches",
      ".watcher-history",
      ".opendistro-alerting",
      ".opensearch-alerting",
      ".opensearch-notifications",
      ".opendistro-notifications",
    ],
  ],
  [
    "machine learning and anomaly detection",
    [".ml-", ".inference", ".plugins-ml-", ".opendistro-anomaly", ".opensearch-ml", ".opensearch-forecast"],
  ],
  ["transforms and enrichment", [".transform-", ".enrich-", ".data-frame-"]],
  ["GeoIP databases", [".geoip_databases", ".scheduler-geospatial-ip2geo"]],
  [
    "snapshots and lifecycles",
    [
      ".snapshot-",
      ".slm-history",
      ".ilm-history",
      "ilm-history-",
      "slm-history-",
      ".opendistro-ism",
      ".opendistro-job-scheduler",
      ".opendistro-reports",
      ".replication-metadata-store",
    ],
  ],
  ["Fleet and Logstash", [".fleet-", ".logstash"]],
  ["search applications", [".search-app", ".synonyms", ".query-rules", ".connector-", ".elastic-connectors"]],
];

/** Kept by Kibana in Elasticsearch, which lets nobody else write there. Those of OpenSearch Dashboards are ordinary ones. */
const kibana = [
  "Kibana",
  [
    ".kibana",
    ".apm-",
    ".reporting-",
    ".internal.",
    ".alerts-",
    ".preview.",
    ".lists-",
    ".items-",
    ".security-solution",
  ],
] as const;

/** Whose system index it is; null when it is the users'. */
export function systemOwner(name: string, isOpenSearch: boolean): string | null {
  const owners = isOpenSearch ? systemIndices : [...systemIndices, kibana];
  return owners.find(([, beginnings]) => beginnings.some((beginning) => name.startsWith(beginning)))?.[0] ?? null;
}

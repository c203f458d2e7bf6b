import { expect, test } from "@jest/globals";
import { isNearlyOurs } from "../../../contract/near-prefix.ts";

test.each([
  "ksnapshot.clickandmortar.com/enabled",
  "ksnapshot.clickandmortar/enabled",
  "ksnapshot.fr/enabled",
  "ksnapshot.click-and-mortar.fr/enabled",
  "ksnapshot.backup.clickandmortar.fr/enabled",
  "ksnapshots.clickandmortar.fr/enabled",
  "snapshot.clickandmortar.fr/enabled",
  "kksnapshot.clickandmortar.fr/enabled",
  "ksnapshto.clickandmortar.fr/enabled",
  "ksnapshot.clickandmortar.rf/enabled",
  "ksnapshot.clickandmortar.fr./enabled",
  "KSnapshot.ClickAndMortar.fr/enabled",
  "ksnapshot.clickandmortar.fr.enabled",
  "ksnapshot.clickandmortar.fr-enabled",
  "ksnapshot/enabled",
])("%s is nearly ours", (key) => {
  expect(isNearlyOurs(key)).toBe(true);
});

test.each([
  "ksnapshot.clickandmortar.fr/enabled",
  "kubeci.clickandmortar.fr/enabled",
  "clickandmortar.fr/enabled",
  "ksnapshot.example.org/enabled",
  "ksnapshot",
  "ksnapshot.clickandmortar.fr",
  "prometheus.io/scrape",
  "/enabled",
  "",
  `ksnapshot.${"a".repeat(300)}.fr/enabled`,
])("%s is not", (key) => {
  expect(isNearlyOurs(key)).toBe(false);
});

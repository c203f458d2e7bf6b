import { dumpExitCode } from "../../../contract/exit-code.ts";
import { type Fault, isOperation, isPutOf, type SeenRequest } from "../../bed/http-proxy.ts";
import { freePort } from "../../bed/port.ts";
import type { Row } from "./row.ts";

const { invalid, storage } = dumpExitCode;
const engine = "postgresql";

/** One thing that a run asks of a bucket. */
interface Step {
  readonly name: string;
  readonly when: (request: SeenRequest) => boolean;
  /** Bytes a second with which it lasts some seconds. */
  readonly slowBytesPerSecond: number;
}

const begin: Step = {
  name: "the beginning of the upload",
  when: isOperation("CreateMultipartUpload"),
  slowBytesPerSecond: 250,
};
const part: Step = { name: "part 2", when: isOperation("UploadPart", 2), slowBytesPerSecond: 5 * 2 ** 20 };
const completion: Step = {
  name: "the completion",
  when: isOperation("CompleteMultipartUpload"),
  slowBytesPerSecond: 700,
};
const manifest: Step = { name: "the manifest", when: isPutOf(".manifest.json"), slowBytesPerSecond: 1000 };
/** Of the run, which it writes before all. */
const record: Step = { name: "the record of the run", when: isPutOf("/runs/"), slowBytesPerSecond: 200 };
const steps = [begin, part, completion, manifest];

/** What passes: the run must get over it. */
const passing: readonly { readonly name: string; readonly faultAt: (step: Step) => Fault }[] = [
  { name: "answers 500 to", faultAt: () => ({ kind: "error", status: 500, code: "InternalError" }) },
  { name: "answers 503, slow down, to", faultAt: () => ({ kind: "error", status: 503, code: "SlowDown" }) },
  { name: "resets the connection at", faultAt: () => ({ kind: "reset" }) },
  { name: "does and loses the answer to", faultAt: () => ({ kind: "reset", forward: true }) },
  { name: "is slow at", faultAt: ({ slowBytesPerSecond }) => ({ kind: "slow", bytesPerSecond: slowBytesPerSecond }) },
];

/** What stays as it is however often one asks. */
const lasting = [
  { status: 403, code: "AccessDenied", remedy: "grant it in the policy" },
  { status: 404, code: "NoSuchBucket", remedy: "create the bucket or correct its name" },
  { status: 400, code: "ExpiredToken", remedy: "renew the credentials" },
  { status: 403, code: "RequestTimeTooSkewed", remedy: "set the clock" },
] as const;

const passingRows = passing.flatMap(({ name, faultAt }) =>
  steps.map((step): Row => ({
    name: `the storage ${name} ${step.name}`,
    engine,
    fault: { storage: [{ when: step.when, fault: faultAt(step) }] },
    end: "stored",
  })),
);

const lastingRows = lasting.flatMap(({ status, code, remedy }) =>
  steps.map((step): Row => ({
    name: `the storage answers ${code} to ${step.name}`,
    engine,
    fault: { storage: [{ when: step.when, times: Infinity, fault: { kind: "error", status, code } }] },
    end: { exitCode: storage, message: new RegExp(`${code} \\(HTTP ${status}\\).*; ${remedy}`) },
  })),
);

const silentRows = steps.map((step): Row => ({
  name: `the storage never answers to ${step.name}`,
  engine,
  env: { NO_PROGRESS_TIMEOUT_SECONDS: "6" },
  fault: { storage: [{ when: step.when, times: Infinity, fault: { kind: "silence" } }] },
  end: {
    exitCode: storage,
    message: /the storage stalled: it took no byte for 6 s; check the network and the storage/,
  },
}));

/** What may happen to a storage. */
export const storageRows: readonly Row[] = [
  ...passingRows,
  ...lastingRows,
  ...silentRows,
  {
    name: "the storage does and loses the answer to the record of the run",
    engine,
    fault: { storage: [{ when: record.when, fault: { kind: "reset", forward: true } }] },
    end: "stored",
  },
  {
    name: "the storage answers AccessDenied to the record of the run",
    engine,
    fault: {
      storage: [{ when: record.when, times: Infinity, fault: { kind: "error", status: 403, code: "AccessDenied" } }],
    },
    end: { exitCode: storage, message: /AccessDenied \(HTTP 403\).*; grant it in the policy/ },
  },
  {
    name: "the storage hangs up in the middle of a part",
    engine,
    fault: { storage: [{ when: part.when, fault: { kind: "cut", afterBytes: 3_000_000 } }] },
    end: "stored",
  },
  {
    name: "the storage completes the upload and answers 200 with an error in the body",
    engine,
    fault: {
      storage: [{ when: completion.when, fault: { kind: "error", status: 200, code: "InternalError", forward: true } }],
    },
    end: "stored",
  },
  {
    name: "the storage does not complete the upload and answers 200 with an error in the body, once",
    engine,
    fault: { storage: [{ when: completion.when, fault: { kind: "error", status: 200, code: "InternalError" } }] },
    end: "stored",
  },
  {
    name: "the storage never completes the upload and answers 200 with an error in the body",
    engine,
    fault: {
      storage: [
        { when: completion.when, times: Infinity, fault: { kind: "error", status: 200, code: "InternalError" } },
      ],
    },
    end: { exitCode: storage, message: /refused to complete the upload: InternalError/ },
  },
  {
    name: "the storage throttles part 2 for good",
    engine,
    fault: { storage: [{ when: part.when, times: Infinity, fault: { kind: "error", status: 503, code: "SlowDown" } }] },
    end: { exitCode: storage, message: /refused to take part 2: SlowDown \(HTTP 503\).*; the storage throttles/ },
  },
  {
    name: "the storage answers 500 to the manifest for good",
    engine,
    fault: {
      storage: [{ when: manifest.when, times: Infinity, fault: { kind: "error", status: 500, code: "InternalError" } }],
    },
    end: { exitCode: storage, message: /InternalError \(HTTP 500\)/ },
  },
  {
    name: "the storage refuses a part and does not take the upload back either",
    engine,
    fault: {
      storage: [
        { when: part.when, times: Infinity, fault: { kind: "error", status: 403, code: "AccessDenied" } },
        {
          when: isOperation("AbortMultipartUpload"),
          times: Infinity,
          fault: { kind: "error", status: 403, code: "AccessDenied" },
        },
      ],
    },
    end: {
      exitCode: storage,
      message: /AccessDenied.*besides, s3:.* did not take back ksnapshot\/.*\.sql .*; remove what is left/,
      leavesUpload: true,
    },
  },
  {
    name: "the storage refuses connections",
    engine,
    fault: { env: async () => ({ BACKEND_S3_ENDPOINT: `http://127.0.0.1:${await freePort()}` }) },
    end: { exitCode: storage, message: /ECONNREFUSED.*; check that the endpoint is right and serves/ },
  },
  {
    name: "the secret key is wrong",
    engine,
    fault: { env: () => ({ BACKEND_S3_SECRET_KEY: "not the secret key" }) },
    end: { exitCode: storage, message: /SignatureDoesNotMatch.*; correct the access key and the secret key/ },
  },
  {
    name: "the bucket is not there",
    engine,
    fault: { env: () => ({ BACKEND_BUCKET: "not-there" }) },
    end: { exitCode: storage, message: /NoSuchBucket.*; create the bucket or correct its name/ },
  },
  {
    name: "the disk of the directory is full",
    engine,
    sink: "full directory",
    fault: {},
    end: { exitCode: storage, message: /ENOSPC.*; make room on the disk/ },
  },
  {
    name: "the recipient is malformed",
    engine,
    fault: { env: () => ({ ENCRYPTION_ENABLED: "true", ENCRYPTION_RECIPIENT: "age1qqqq" }) },
    end: { exitCode: invalid, message: /ENCRYPTION_RECIPIENT: "age1qqqq" is not an age recipient/ },
  },
];

/** What `ksnapshot init` writes. The lines to edit hold placeholders, which `ksnapshot synth` refuses. */
export const configTemplate = `# ksnapshot: what to install and where the snapshots go. Then: ksnapshot synth
# Settings that are commented out show the default, or an example. Every key: docs/configuration.md

# What this cluster is called in its snapshots: two that share a bucket must not be taken for one another.
cluster: <cluster>

# The namespaces whose databases are looked at. The operator may read these and no others.
watchNamespaces: [<namespace>]

storage:
  s3:
    bucket: <bucket>
    region: <region>
    # For a provider other than Amazon; the endpoint wins over the region:
    #endpoint: https://s3.example.com
    #forcePathStyle: true
    # For a provider that takes fewer parts of an upload than Amazon:
    #maxParts: 1000
    # Begins the key of every object:
    #path: ksnapshot
    # The Secret with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, which never is in Git.
    # "" when the pods have an identity of their own (IRSA, see serviceAccounts):
    #secretName: ksnapshot-secret
  # Instead of s3, a volume claim in the operator's namespace:
  #directory: { claimName: snapshots }

# What holds for workloads that say nothing by their annotations:
#compression: gzip
#encryption:
#  enabled: true
#  recipients: [age1…]

# The pods of the jobs. A dump of more than 200 GiB wants more memory:
#jobs:
#  resources: { limits: { memory: 1Gi } }
#  # A ConfigMap whose key ca.crt has the authorities to trust, for https with your own:
#  caConfigMap: trust

#namespace: ksnapshot
#createNamespace: true

#serviceAccounts:
#  backup:
#    annotations:
#      eks.amazonaws.com/role-arn: arn:aws:iam::123456789012:role/ksnapshot-backup
`;

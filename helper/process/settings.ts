/**
 * Settings of a minik8s installation: what every component needs to know of where it runs.
 *
 * Read once at start from flags, then environment (`MINIK8S_*`), then `$MINIK8S_HOME/cluster.json`, then defaults, and
 * passed to `start(settings)`; no component reads the environment itself.
 */
export interface Settings {
  /** all state of this cluster: admin.kubeconfig, pki/, store/, log/, run/ */
  readonly home: string;
  /** the installation folder: `$` of the classroom dialect */
  readonly projectRoot: string;
  /** first port of this cluster; the API server listens on it */
  readonly portBase: number;
  readonly apiServerUrl: string;
  /** address the API server binds to */
  readonly bindAddress: string;
  /** path of the kubeconfig this component identifies itself with */
  readonly kubeconfig: string;
  readonly nodeName: string;
  /** this host's address as other nodes reach it */
  readonly nodeIp: string;
  readonly kubeletPort: number;
  readonly store: 'embedded' | 'etcd';
  readonly etcdEndpoints: readonly string[];
  /** name of the etcd that `up` runs, and where it would talk to other members; '' = beside the client's port */
  readonly etcdName: string;
  readonly etcdPeerUrl: string;
  /** `docker,containerd`: both, chosen by RuntimeClasses; Docker without one */
  readonly runtime: 'docker' | 'containerd' | 'docker,containerd' | 'simulated';
  /** socket of a container runtime that speaks CRI, for `containerd`: `unix:///…`; by default of a containerd of this cluster's own */
  readonly criEndpoint: string;
  /** Docker's socket */
  readonly dockerSocket: string;
  /** name of this node's pod bridge */
  readonly bridgeName: string;
  /** e.g. 10.244.0.0/16; each node gets a /24 of it */
  readonly podCidr: string;
  /** ranges service addresses may come from; allocation uses the first, explicit requests may be in any */
  readonly serviceCidrs: readonly string[];
  /** addresses given to Services of type LoadBalancer */
  readonly loadBalancerCidr: string;
  readonly nodePortRange: { readonly first: number; readonly last: number };
  /** ranges of host addresses node ports answer on, or `primary`; empty = all */
  readonly nodePortAddresses: readonly string[];
  /** prefix of iptables chains: KUBE, unless two clusters share a host */
  readonly chainPrefix: string;
  readonly clusterDomain: string;
  /** sysctls beyond the safe ones that pods of this node may set; `net.core.*` allows a group */
  readonly unsafeSysctls: readonly string[];
  /** manifests in this folder are run by the kubelet itself, without an API server: static pods */
  readonly staticPodPath: string;
  /** how packets of pods travel between nodes: wrapped in UDP, or routed where all nodes share a network */
  readonly overlayBackend: 'vxlan' | 'host-gw';
  /** path of flannel's own program, to be run in place of this project's overlay; '' = ours */
  readonly flanneldPath: string;
  /** how long a node may be NotReady before its pods are evicted */
  readonly podEvictionSeconds: number;
  /** how long a node lease may be stale before the node is NotReady */
  readonly nodeGraceSeconds: number;
  /** the kubelet renews the certificates of this machine by itself; `join` turns it on, elsewhere `up` renews them */
  readonly rotateCertificates: boolean;
  /** longest life of a certificate that the cluster signs */
  readonly clusterSigningSeconds: number;
  readonly leaderElect: boolean;
  /** classroom HTTP alias on loopback; 0 = off */
  readonly insecurePort: number;
  /** bearer tokens the API server knows: token,user,uid,"groups" a line; '' = `pki/tokens.csv` where somebody put one */
  readonly tokenAuthFile: string;
  /** path of an AdmissionConfiguration of apiserver.config.k8s.io/v1; '' = none */
  readonly admissionControlConfigFile: string;
  /** path of an audit.k8s.io/v1 Policy; '' = every write and refusal at level Metadata */
  readonly auditPolicyFile: string;
  /** an audit log of more mebibytes is set aside */
  readonly auditLogMaxSize: number;
  /** audit logs set aside that are kept */
  readonly auditLogMaxBackup: number;
  /** kubeconfig of the program that gets the audit trail too; '' = none */
  readonly auditWebhookConfigFile: string;
  /** lines of the audit trail in one POST */
  readonly auditWebhookBatchMaxSize: number;
  /** seconds the first line of a batch waits for others */
  readonly auditWebhookBatchMaxWait: number;
  /** seconds before a batch that was not taken is sent again */
  readonly auditWebhookInitialBackoff: number;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
}

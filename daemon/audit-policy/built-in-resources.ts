/** The resources that every cluster has, from the API reference of Kubernetes 1.36; those that only some clusters serve (alpha, beta) are left out. */

/** By API group, '' being the core group: what is in namespaces, and what is not. */
const BUILT_IN: Readonly<Record<string, { readonly namespaced?: string; readonly cluster?: string }>> = {
  '': {
    namespaced:
      'bindings configmaps endpoints events limitranges persistentvolumeclaims pods podtemplates replicationcontrollers resourcequotas secrets serviceaccounts services',
    cluster: 'componentstatuses namespaces nodes persistentvolumes',
  },
  'admissionregistration.k8s.io': {
    cluster:
      'mutatingwebhookconfigurations validatingwebhookconfigurations validatingadmissionpolicies validatingadmissionpolicybindings mutatingadmissionpolicies mutatingadmissionpolicybindings',
  },
  'apiextensions.k8s.io': { cluster: 'customresourcedefinitions' },
  'apiregistration.k8s.io': { cluster: 'apiservices' },
  apps: { namespaced: 'controllerrevisions daemonsets deployments replicasets statefulsets' },
  'authentication.k8s.io': { cluster: 'selfsubjectreviews tokenreviews' },
  'authorization.k8s.io': {
    namespaced: 'localsubjectaccessreviews',
    cluster: 'selfsubjectaccessreviews selfsubjectrulesreviews subjectaccessreviews',
  },
  autoscaling: { namespaced: 'horizontalpodautoscalers' },
  batch: { namespaced: 'cronjobs jobs' },
  'certificates.k8s.io': { cluster: 'certificatesigningrequests' },
  'coordination.k8s.io': { namespaced: 'leases' },
  'discovery.k8s.io': { namespaced: 'endpointslices' },
  'events.k8s.io': { namespaced: 'events' },
  'flowcontrol.apiserver.k8s.io': { cluster: 'flowschemas prioritylevelconfigurations' },
  'networking.k8s.io': {
    namespaced: 'ingresses networkpolicies',
    cluster: 'ingressclasses ipaddresses servicecidrs',
  },
  'node.k8s.io': { cluster: 'runtimeclasses' },
  policy: { namespaced: 'poddisruptionbudgets' },
  'rbac.authorization.k8s.io': {
    namespaced: 'rolebindings roles',
    cluster: 'clusterrolebindings clusterroles',
  },
  'resource.k8s.io': {
    namespaced: 'resourceclaims resourceclaimtemplates',
    cluster: 'deviceclasses resourceslices',
  },
  'scheduling.k8s.io': { cluster: 'priorityclasses' },
  'storage.k8s.io': {
    namespaced: 'csistoragecapacities',
    cluster: 'csidrivers csinodes storageclasses volumeattachments volumeattributesclasses',
  },
};

/** Subresources by resource; what is not here has none. */
const SUBRESOURCES: Readonly<Record<string, string>> = {
  apiservices: 'status',
  certificatesigningrequests: 'approval status',
  cronjobs: 'status',
  customresourcedefinitions: 'status',
  daemonsets: 'status',
  deployments: 'scale status',
  flowschemas: 'status',
  horizontalpodautoscalers: 'status',
  ingresses: 'status',
  jobs: 'status',
  namespaces: 'finalize status',
  nodes: 'proxy status',
  persistentvolumeclaims: 'status',
  persistentvolumes: 'status',
  poddisruptionbudgets: 'status',
  pods: 'attach binding ephemeralcontainers eviction exec log portforward proxy resize status',
  prioritylevelconfigurations: 'status',
  replicasets: 'scale status',
  replicationcontrollers: 'scale status',
  resourceclaims: 'status',
  resourcequotas: 'status',
  serviceaccounts: 'token',
  servicecidrs: 'status',
  services: 'proxy status',
  statefulsets: 'scale status',
  validatingadmissionpolicies: 'status',
  volumeattachments: 'status',
};

/** Verbs of subresources, whatever they belong to. */
const SUBRESOURCE_VERBS: Readonly<Record<string, string>> = {
  approval: 'get update patch',
  attach: 'get create',
  binding: 'create',
  ephemeralcontainers: 'get update patch',
  eviction: 'create',
  exec: 'get create',
  finalize: 'update',
  log: 'get',
  portforward: 'get create',
  proxy: 'get create update patch delete',
  resize: 'get update patch',
  scale: 'get update patch',
  status: 'get update patch',
  token: 'create',
};

/** Subresources that connect to something; of such requests the API server writes no body. */
export const CONNECTING: readonly string[] = ['attach', 'exec', 'log', 'portforward', 'proxy'];

/** The subresources of Kubernetes' own resources, each with its verbs. */
export const subresourceVerbs = (): readonly (readonly [subresource: string, verbs: readonly string[]])[] =>
  Object.entries(SUBRESOURCE_VERBS).map(([subresource, verbs]) => [subresource, verbs.split(' ')]);

const groups = new Map<string, string[]>();
const namespaced = new Set<string>();
for (const [group, { namespaced: inNamespaces = '', cluster = '' }] of Object.entries(BUILT_IN)) {
  for (const resource of inNamespaces.split(' ')) if (resource !== '') namespaced.add(resource);
  for (const resource of `${inNamespaces} ${cluster}`.split(' ').filter((name) => name !== ''))
    groups.set(resource, [...(groups.get(resource) ?? []), group]);
}

/** The API groups that have a resource of this name in every cluster; none if it is not one of Kubernetes' own. */
export const groupsOf = (resource: string): readonly string[] => groups.get(resource) ?? [];

/** The subresources of one of Kubernetes' own resources. */
export const subresourcesOf = (resource: string): readonly string[] =>
  SUBRESOURCES[resource]?.split(' ') ?? [];

/** Resources with a subresource that resources of users' own (CustomResourceDefinitions) cannot have: these have `scale` and `status` at most. */
export const ownersOf = (subresource: string): readonly string[] =>
  subresource === 'scale' || subresource === 'status'
    ? []
    : Object.keys(SUBRESOURCES).filter((resource) => subresourcesOf(resource).includes(subresource));

/** All that have such subresources. */
export const subresourceOwners = (): readonly string[] => [
  ...new Set(Object.keys(SUBRESOURCES).flatMap((resource) => subresourcesOf(resource).flatMap(ownersOf))),
];

/** Whether a resource of Kubernetes' own always is in a namespace: then so is every request that gives an object of it. */
export const isNamespaced = (resource: string): boolean => namespaced.has(resource);

/** Whether all resources of a group are known: nobody can add others to the groups of Kubernetes' own. */
export const isBuiltInGroup = (group: string): boolean => Object.hasOwn(BUILT_IN, group);

/** The resources of a group of Kubernetes' own. */
export const resourcesOfGroup = (group: string): readonly string[] =>
  [...groups].flatMap(([resource, all]) => (all.includes(group) ? [resource] : []));

/** The names of all of Kubernetes' own resources. */
export const builtInResources = (): Iterable<string> => groups.keys();

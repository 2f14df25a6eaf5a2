import type { Stored } from '../store/stored-object.ts';

export interface PolicyRule {
  apiGroups?: string[];
  resources?: string[];
  verbs: string[];
  resourceNames?: string[];
  nonResourceURLs?: string[];
}

export interface Subject {
  kind: string;
  name: string;
  namespace?: string;
}

export interface RoleRef {
  kind: string;
  name: string;
}

export interface Role extends Stored<'Role'> {
  rules?: PolicyRule[] | null;
}

export interface ClusterRole extends Stored<'ClusterRole'> {
  rules?: PolicyRule[] | null;
}

export interface RoleBinding extends Stored<'RoleBinding'> {
  subjects?: Subject[];
  roleRef: RoleRef;
}

export interface ClusterRoleBinding extends Stored<'ClusterRoleBinding'> {
  subjects?: Subject[];
  roleRef: RoleRef;
}

export interface ServiceAccount extends Stored<'ServiceAccount'> {
  automountServiceAccountToken?: boolean;
}

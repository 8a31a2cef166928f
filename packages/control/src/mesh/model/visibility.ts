/** Which namespaces see an object: its `exportTo`, with the defaults of the mesh and its own namespace put in. */
export interface Visibility {
  /** All namespaces see it. */
  readonly isPublic: boolean;
  /** Namespaces that see it, sorted; empty when it is public, or when nobody sees it. */
  readonly namespaces: readonly string[];
  /** Whether the object said so itself, rather than the defaults of the mesh. */
  readonly isExplicit: boolean;
}

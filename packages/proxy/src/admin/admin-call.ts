/** A request to the admin interface. */
export interface AdminCall {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  /** A form that was posted; empty without one. */
  readonly form: string;
}

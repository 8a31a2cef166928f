/** Where in an object something is. Cheap to extend while walking; the text is only made when something is wrong. */

const PLAIN_NAME = /^[A-Za-z_$][\w$-]*$/;

/** One place in an object: a chain of member names, list indexes and map keys. */
export class FieldPath {
  /** The object as a whole. */
  static readonly root = new FieldPath(undefined, '', 'name');

  private readonly parent: FieldPath | undefined;
  private readonly segment: string | number;
  private readonly kind: 'name' | 'index' | 'key';

  private constructor(parent: FieldPath | undefined, segment: string | number, kind: 'name' | 'index' | 'key') {
    this.parent = parent;
    this.segment = segment;
    this.kind = kind;
  }

  /** The member with this name; the form without a variable number of names, for walks. */
  member(name: string): FieldPath {
    return new FieldPath(this, name, 'name');
  }

  /** The member, or the member of the member, with these names. */
  child(...names: string[]): FieldPath {
    return names.reduce<FieldPath>((path, name) => path.member(name), this);
  }

  /** The list item at `index`. */
  index(index: number): FieldPath {
    return new FieldPath(this, index, 'index');
  }

  /** The entry of a map with free keys. */
  key(key: string): FieldPath {
    return new FieldPath(this, key, 'key');
  }

  toString(): string {
    if (this.parent === undefined) return '';
    const before = this.parent.toString();
    if (this.kind !== 'name') return `${before}[${this.segment}]`;
    return before === '' ? String(this.segment) : `${before}.${this.segment}`;
  }

  /** The path as `unknown field` errors write it: map keys as plain members. */
  toDotted(): string {
    if (this.parent === undefined) return '';
    const before = this.parent.toDotted();
    if (this.kind === 'index') return `${before}[${this.segment}]`;
    const name = String(this.segment);
    if (!PLAIN_NAME.test(name) && this.kind === 'key') return `${before}[${name}]`;
    return before === '' ? name : `${before}.${name}`;
  }
}

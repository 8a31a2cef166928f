/** Writes expressions as parsers send them, so that tests can say them as texts. */
type Json = Readonly<Record<string, unknown>>;

/** `request.method`: a name and the fields after it. */
export function path(text: string): Json {
  const [root, ...fields] = text.split('.');
  let expr: Json = { ident_expr: { name: root } };
  for (const field of fields) expr = { select_expr: { operand: expr, field } };
  return expr;
}

/** A constant: a text, a truth value, or a whole number. */
export function constant(value: string | boolean | number | null): Json {
  if (value === null) return { const_expr: { null_value: null } };
  if (typeof value === 'string') return { const_expr: { string_value: value } };
  return { const_expr: typeof value === 'boolean' ? { bool_value: value } : { int64_value: value } };
}

/** A call of a function or an operator. */
export function call(name: string, ...args: readonly Json[]): Json {
  return { call_expr: { function: name, args } };
}

/** A call of a method. */
export function method(target: Json, name: string, ...args: readonly Json[]): Json {
  return { call_expr: { target, function: name, args } };
}

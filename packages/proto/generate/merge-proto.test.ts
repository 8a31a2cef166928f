import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mergeProto } from './merge-proto.ts';

const BASE = `// A comment with a brace {
syntax = "proto3";
package some.where;

import "a.proto";

option (file_option) = {name: "; }"};

// Says something.
message Cluster {
  option (other) = "x";

  /* message Cluster { */
  message Inner {
    string a = 1;
  }

  // The first field.
  string name = 1 [(rules).string = {min_len: 1}];
  oneof kind {
    option (required) = true;
    bool b = 2;
  }
}

enum Kind {
  NONE = 0;
}
`;

/** The text without what a reader of protos does not see. */
function tokens(text: string): string {
  return text
    .replace(/\/\/[^\n]*|\/\*[\s\S]*?\*\//g, '')
    .replace(/\s+/g, ' ')
    .trim();
}

function merged(addition: string): string {
  return tokens(mergeProto(BASE, `syntax = "proto3";\npackage some.where;\n${addition}`));
}

test('fields, values and blocks go to the end of what has them already', () => {
  const text = merged(`
    message Cluster {
      message Inner { string c = 7; }
      message New { string d = 1; }
      int32 e = 3 [(rules).int32 = {gt: 0}];
      oneof kind { bool f = 4; }
    }
    enum Kind { SOME = 1; }
    message Other { string name = 1; }`);
  assert.equal(
    text,
    tokens(
      BASE.replace('string a = 1;', '$& string c = 7;')
        .replace('bool b = 2;', '$& bool f = 4;')
        .replace(
          '  }\n}\n\nenum',
          '  }\n message New { string d = 1; } int32 e = 3 [(rules).int32 = {gt: 0}];\n}\n\nenum',
        )
        .replace('NONE = 0;', '$& SOME = 1;'),
    ).concat(' message Other { string name = 1; }'),
  );
});

test('a number that is there is replaced', () => {
  assert.equal(
    merged('message Cluster { string name = 1; }'),
    tokens(BASE.replace(' [(rules).string = {min_len: 1}]', '')),
  );
});

test('imports follow the package, in their order', () => {
  assert.equal(
    merged('import "b.proto";\nimport "c.proto";'),
    tokens(BASE.replace('package some.where;', '$& import "b.proto"; import "c.proto";')),
  );
});

test('nothing changes nothing', () => {
  assert.equal(merged(''), tokens(BASE));
});

/** A piece of a literal: text as it is, or the name in a `$(NAME)`. */
export type Piece = { readonly text: string } | { readonly name: string };

/**
 * Splits a literal as the kubelet expands it: `$$` is a dollar, `$(NAME)` a reference up to the next `)`, and any other dollar
 * stays. In one pass, however many of them there are.
 * https://github.com/kubernetes/kubernetes/blob/master/third_party/forked/golang/expansion/expand.go
 */
export function piecesOf(literal: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let start = 0;
  let isClosable = true;
  for (let at = literal.indexOf("$"); at !== -1; at = literal.indexOf("$", Math.max(at + 1, start))) {
    const next = literal[at + 1];
    if (next === "$") {
      pieces.push({ text: literal.slice(start, at + 1) });
      start = at + 2;
    } else if (next === "(" && isClosable) {
      const close = literal.indexOf(")", at + 2);
      isClosable = close !== -1;
      if (!isClosable) continue;
      pieces.push({ text: literal.slice(start, at) }, { name: literal.slice(at + 2, close) });
      start = close + 1;
    }
  }
  pieces.push({ text: literal.slice(start) });
  return pieces.filter((piece) => "name" in piece || piece.text !== "");
}

// Owns how the texts a picture came with are searched.
import type { RawNode } from "../../ipc/bindings";

/** Returns the parts of trees that hold a text, with what leads to them; of a part that is found by its name, all. */
export function searchNodes(nodes: RawNode[], text: string): RawNode[] {
  const wanted = text.trim().toLowerCase();
  return wanted === "" ? nodes : nodes.flatMap((node) => matchingPart(node, wanted) ?? []);
}

function matchingPart(node: RawNode, wanted: string): RawNode | null {
  if (node.name.toLowerCase().includes(wanted)) return node;
  if (node.value?.toLowerCase().includes(wanted)) return node;
  const parts = node.parts.flatMap((part) => matchingPart(part, wanted) ?? []);
  return parts.length > 0 ? { ...node, parts } : null;
}

// Owns the search in the raw texts of a picture.
import type { RawNode } from "../../ipc/bindings";

/** Returns the parts of trees that contain a text, and their parents. A part whose name matches is whole. */
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

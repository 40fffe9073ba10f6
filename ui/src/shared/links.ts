// Owns the formats in which links are copied.

export type LinkFormat = "url" | "markdown" | "html";
const ALT_LENGTH = 80;

/** Returns a link in a format, ready to paste. */
export function linkAs(format: LinkFormat, url: string, description: string): string {
  const words = description.replace(/\s+/g, " ").trim();
  const alt = words.length > ALT_LENGTH ? `${words.slice(0, ALT_LENGTH - 1).trimEnd()}…` : words;
  switch (format) {
    case "url":
      return url;
    case "markdown":
      return `![${alt.replace(/[\\[\]]/g, "\\$&")}](${url.replace(/[()]/g, encodeURIComponent)})`;
    case "html":
      return `<img src="${escapeHtml(url)}" alt="${escapeHtml(alt)}">`;
  }
}

function escapeHtml(text: string): string {
  const names: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
  return text.replace(/[&<>"]/g, (sign) => names[sign] ?? sign);
}

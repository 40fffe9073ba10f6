//! What one file may cost, whatever it claims about itself.

/// Pieces kept of one file; real files have at most about a dozen.
pub(crate) const MAX_PIECES: usize = 256;
/// Properties of an XMP packet; the settings of a raw converter and the history of an editor are some hundreds.
pub(crate) const MAX_PROPERTIES: usize = 4096;
/// Bytes of one piece, after inflating. The largest real workflows are a few megabytes.
pub(crate) const MAX_PIECE_BYTES: usize = 8 << 20;
/// Bytes of all pieces of one file together, after inflating.
pub(crate) const MAX_ALL_BYTES: usize = 16 << 20;
/// Values (objects, lists, strings, numbers) in one JSON text; a workflow of a thousand nodes has about 50,000.
pub(crate) const MAX_JSON_VALUES: usize = 200_000;
/// Values in all JSON texts of one file together.
pub(crate) const MAX_FILE_VALUES: usize = 2 * MAX_JSON_VALUES;
/// Bytes of a name that something is looked up by: of a namespace, a node's class, a node's id.
pub(crate) const MAX_NAME_BYTES: usize = 256;
/// Bytes of a node's id with those of the subgraphs around it.
pub(crate) const MAX_ID_BYTES: usize = 1024;
/// `LoRAs` of one picture.
pub(crate) const MAX_LORAS: usize = 100;
/// Objects and lists within each other in a JSON text, which is `serde_json`'s own limit.
pub(crate) const MAX_JSON_DEPTH: usize = 127;
/// Nesting of boxes and of CBOR.
pub(crate) const MAX_DEPTH: usize = 24;
/// Nodes of a `ComfyUI` graph, with its subgraphs written out.
pub(crate) const MAX_NODES: usize = 20_000;
/// Links followed while one graph is read, all questions together.
pub(crate) const MAX_HOPS: usize = 100_000;
/// Links between a question and its answer.
pub(crate) const MAX_PATH: usize = 200;
/// Bytes of one field as it is reported; the raw text keeps the rest.
pub(crate) const MAX_FIELD_BYTES: usize = 1 << 20;

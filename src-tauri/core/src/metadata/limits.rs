//! The limits on what one file may cost, whatever it claims about itself.

/// The maximum number of pieces of one file. Real files have at most about a dozen.
pub(crate) const MAX_PIECES: usize = 256;
/// The maximum number of properties in an XMP packet. The settings of a raw converter and the history of an
/// editor are some hundreds.
pub(crate) const MAX_PROPERTIES: usize = 4096;
/// The maximum size of one piece, inflated, in bytes. The largest real workflows are a few megabytes.
pub(crate) const MAX_PIECE_BYTES: usize = 8 << 20;
/// The maximum size of all pieces of one file together, inflated, in bytes.
pub(crate) const MAX_ALL_BYTES: usize = 16 << 20;
/// The maximum number of values (objects, lists, strings, numbers) in one JSON text. A workflow of a thousand
/// nodes has about 50,000.
pub(crate) const MAX_JSON_VALUES: usize = 200_000;
/// The maximum number of values in all JSON texts of one file together.
pub(crate) const MAX_FILE_VALUES: usize = 2 * MAX_JSON_VALUES;
/// The maximum size of a name used for lookups, in bytes: a namespace, a node's class, a node's id.
pub(crate) const MAX_NAME_BYTES: usize = 256;
/// The maximum size of a node's id together with those of the subgraphs around it, in bytes.
pub(crate) const MAX_ID_BYTES: usize = 1024;
/// The maximum number of `LoRAs` of one picture.
pub(crate) const MAX_LORAS: usize = 100;
/// The maximum nesting of objects and lists in a JSON text. This is `serde_json`'s own limit.
pub(crate) const MAX_JSON_DEPTH: usize = 127;
/// The maximum nesting of boxes and of CBOR.
pub(crate) const MAX_DEPTH: usize = 24;
/// The maximum number of nodes in a `ComfyUI` graph with its subgraphs expanded.
pub(crate) const MAX_NODES: usize = 20_000;
/// The maximum number of links followed while one graph is read, for all questions together.
pub(crate) const MAX_HOPS: usize = 100_000;
/// The maximum number of links between a question and its answer.
pub(crate) const MAX_PATH: usize = 200;
/// The maximum size of one reported field, in bytes. The raw text keeps the rest.
pub(crate) const MAX_FIELD_BYTES: usize = 1 << 20;

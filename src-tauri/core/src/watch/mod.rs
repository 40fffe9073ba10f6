//! Observes folders outside the library: which files exist, which of them are
//! complete, and when something changes. It only reads; must know neither the
//! catalog nor the library.

mod patterns;
mod places;
mod signals;

pub use patterns::{BadPattern, Patterns};
pub use places::{Root, Sighting};
pub use signals::Signals;

//! Looking into folders that are not ours: which files are there, which of them
//! are written to their end, and who says that something changed. Only reads;
//! knows neither catalog nor library.

mod patterns;
mod places;
mod signals;

pub use patterns::{BadPattern, Patterns};
pub use places::{Root, Sighting};
pub use signals::Signals;

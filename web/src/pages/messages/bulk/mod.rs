//! One message to many: begun from a file, followed to its end.

mod csv;
mod list;
mod new;

pub use list::Bulks;
pub use new::NewBulk;

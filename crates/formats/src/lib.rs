//! What others speak: INTERPOL public notices, the consolidated list of the United Nations.
//!
//! Every import is a pure parser from foreign bytes to drafts of records. What a source says and no typed field holds is
//! kept in the section under its original name. This crate has no network, no store, no files and no private keys.

pub mod limits;

mod country_name;
mod fields;
mod import;
mod interpol;
mod json;
mod publishable;
mod un_list;
mod xml;

pub use import::{Colour, Excess, Extent, ImportCause, ImportFault, ImportOptions, Imported, Place, Reach};
pub use interpol::interpol;
pub use un_list::{UnList, un_list};

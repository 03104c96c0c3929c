//! The content of sections: typed by kind, checked when published, kept verbatim afterwards.

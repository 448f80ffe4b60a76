//! Archives made here, by the crates that read them and by hand where these cannot make them.

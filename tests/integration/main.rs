//! The `keyward` command, run as its users run it. One binary, one module per topic:
//!
//! - `support`: fixture repositories on real `git`, tokens made at run time, the command under test.
//! - `help`: what `--help` says, and what a wrong command line is told.
//! - `files`: which files a working-tree scan reads, and which not.
//! - `families`: credential families and credential files, one sample per format.
//! - `content`: encodings, line ends, long lines, tokens at every edge of the streaming buffer.
//! - `archives`: what is in archives and compressed files, limits, damage.
//! - `notebooks`: code, output and images in Jupyter notebooks.
//! - `staged`: the index against HEAD, in every kind of repository.
//! - `history`: what git keeps, who brought it there, what a range adds, hooks that stop a push, damaged repositories.
//! - `output`: formats, files, exit codes, masking.
//! - `parts`: ids and the secrets that they go with: one finding, an id alone, suppressed pairs.
//! - `practice`: what is kept well is counted and not reported, and what undoes it is reported.
//! - `suppression`: inline markers, ignore file, allow tables, configuration errors.
//! - `readme`: the README's commands and tables are true.
//! - `regression`: one test per defect, named after what broke.

mod support;

mod archives;
mod content;
mod families;
mod files;
mod help;
mod history;
mod notebooks;
mod output;
mod parts;
mod practice;
mod readme;
mod regression;
mod staged;
mod suppression;

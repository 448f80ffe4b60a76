//! Where reports go: standard output, or files that appear whole or not at all.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use keyward::report::{Format, Report, Style};

use super::args::FormatArg;

/// A report to write.
#[derive(Debug, Clone)]
pub(crate) struct Output {
    pub(crate) format: &'static Format,
    pub(crate) target: Target,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    Stdout,
    File(PathBuf),
}

/// Why a report could not be written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OutputError {
    #[error("{}: cannot write the report: {source}", path.display())]
    File { path: PathBuf, source: io::Error },
    #[error("cannot write to standard output: {0}")]
    Stdout(io::Error),
    #[error("unknown format `{0}` in --output; formats are {1}")]
    Format(String, String),
    #[error("two reports go to {0}")]
    Twice(String),
}

/// Resolves `--format` and `--output`. A plain `FILE` takes the main report; `FORMAT=FILE` adds one.
pub(crate) fn resolve(format: FormatArg, outputs: &[String]) -> Result<Vec<Output>, OutputError> {
    let main = named(format.name())?;
    let mut resolved = Vec::new();
    let mut redirected = false;
    for output in outputs {
        let (format, path) = match output.split_once('=') {
            Some((name, path)) if !name.contains(['/', '\\', '.']) => (named(name)?, path),
            _ => {
                redirected = true;
                (main, output.as_str())
            }
        };
        let target = if path == "-" {
            Target::Stdout
        } else {
            Target::File(PathBuf::from(path))
        };
        resolved.push(Output { format, target });
    }
    if !redirected && !resolved.iter().any(|o| o.target == Target::Stdout) {
        resolved.insert(
            0,
            Output {
                format: main,
                target: Target::Stdout,
            },
        );
    }
    for (index, output) in resolved.iter().enumerate() {
        if resolved[..index]
            .iter()
            .any(|other| other.target == output.target)
        {
            let name = match &output.target {
                Target::Stdout => "standard output".to_owned(),
                Target::File(path) => path.display().to_string(),
            };
            return Err(OutputError::Twice(name));
        }
    }
    Ok(resolved)
}

fn named(name: &str) -> Result<&'static Format, OutputError> {
    keyward::report::format(name).ok_or_else(|| {
        let names: Vec<&str> = keyward::report::FORMATS.iter().map(|f| f.name).collect();
        OutputError::Format(name.to_owned(), names.join(", "))
    })
}

/// Writes one report. A reader that closed standard output early has what it wanted: that is no error.
pub(crate) fn write(
    output: &Output,
    report: &Report<'_>,
    style: &Style,
) -> Result<(), OutputError> {
    match &output.target {
        Target::Stdout => {
            let mut stdout = BufWriter::with_capacity(64 * 1024, io::stdout().lock());
            let written =
                (output.format.write)(report, style, &mut stdout).and_then(|()| stdout.flush());
            match written {
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
                Err(error) => Err(OutputError::Stdout(error)),
                Ok(()) => Ok(()),
            }
        }
        Target::File(path) => {
            let plain = Style {
                color: false,
                width: None,
                ..*style
            };
            write_file(path, |file| (output.format.write)(report, &plain, file)).map_err(|source| {
                OutputError::File {
                    path: path.clone(),
                    source,
                }
            })
        }
    }
}

/// Writes beside the target and renames; a pipe or device is written directly.
fn write_file(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    if fs::metadata(path).is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir()) {
        let mut device = BufWriter::new(File::options().write(true).open(path)?);
        write(&mut device)?;
        return device.flush();
    }
    // The target of a symbolic link is replaced, not the link.
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix(".keyward-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // The process's umask takes away from this, as for any new file.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let temporary = builder.tempfile_in(folder).map_err(without_path)?;
    let mut buffered = BufWriter::new(temporary);
    write(&mut buffered)?;
    let temporary = buffered
        .into_inner()
        .map_err(io::IntoInnerError::into_error)?;
    temporary.persist(&path).map_err(|error| error.error)?;
    Ok(())
}

/// The kind of error alone: the temporary file's name, which comes with it, means nothing to anyone.
fn without_path(error: io::Error) -> io::Error {
    match error.get_ref() {
        Some(_) => error.kind().into(),
        None => error,
    }
}

/// Prints text for people; a closed pipe is no error.
pub(crate) fn print(text: &str) -> Result<(), OutputError> {
    let mut stdout = io::stdout().lock();
    match stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
    {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(OutputError::Stdout(error)),
        Ok(()) => Ok(()),
    }
}

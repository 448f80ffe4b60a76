//! What opening one archive may cost, and what it has cost so far.

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

use super::fault::Fault;

/// Bounds for one archive with everything nested in it. Reaching one makes the scan incomplete.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Archives inside of archives; a compressed file counts as one.
    pub depth: usize,
    /// Bytes that all of it may expand to.
    pub expanded: u64,
    /// How much more than the archive's own size it may expand to…
    pub ratio: u64,
    /// …once it has expanded to more bytes than this.
    pub ratio_from: u64,
    /// Files in it.
    pub entries: u64,
    /// Bytes held in memory of archives that are nested and have to be read from their end.
    pub nested: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            depth: 8,
            expanded: 8 << 30,
            ratio: 250,
            ratio_from: 256 << 20,
            entries: 1_000_000,
            nested: 256 << 20,
        }
    }
}

/// What one archive of the first level has cost, counted by all readers that are stacked on it.
#[derive(Debug, Clone)]
pub(super) struct Budget(Rc<Spent>);

#[derive(Debug)]
struct Spent {
    limits: Limits,
    input: Cell<u64>,
    expanded: Cell<u64>,
    entries: Cell<u64>,
    over: Cell<bool>,
}

impl Budget {
    pub(super) fn new(limits: Limits) -> Self {
        Self(Rc::new(Spent {
            limits,
            input: Cell::new(0),
            expanded: Cell::new(0),
            entries: Cell::new(0),
            over: Cell::new(false),
        }))
    }

    pub(super) fn limits(&self) -> &Limits {
        &self.0.limits
    }

    /// Whether a limit was reached, so that nothing more is to be opened.
    pub(super) fn is_over(&self) -> bool {
        self.0.over.get()
    }

    /// Counts bytes of the archive itself.
    pub(super) fn add_input(&self, bytes: u64) {
        let input = &self.0.input;
        input.set(input.get().saturating_add(bytes));
    }

    /// Counts one more file.
    pub(super) fn add_entry(&self) -> Result<(), Fault> {
        let spent = &self.0;
        spent.entries.set(spent.entries.get() + 1);
        if spent.entries.get() > spent.limits.entries {
            spent.over.set(true);
            return Err(Fault::TooMany(spent.limits.entries));
        }
        Ok(())
    }

    /// Counts bytes that came out of a decompressor.
    fn add_expanded(&self, bytes: u64) -> Result<(), Fault> {
        let (spent, limits) = (&self.0, &self.0.limits);
        let expanded = spent.expanded.get().saturating_add(bytes);
        spent.expanded.set(expanded);
        let fault = if expanded > limits.expanded {
            Fault::TooBig(limits.expanded)
        } else if expanded > limits.ratio_from
            && expanded > spent.input.get().saturating_mul(limits.ratio)
        {
            Fault::Ratio(limits.ratio)
        } else {
            return Ok(());
        };
        spent.over.set(true);
        Err(fault)
    }
}

/// Counts what is read of an archive whose size is not known.
pub(super) struct CountedInput<R> {
    pub(super) inner: R,
    pub(super) budget: Budget,
}

impl<R: Read> Read for CountedInput<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.budget.add_input(count as u64);
        Ok(count)
    }
}

/// Bytes given out at once, and so the most that a limit is overrun by.
const STEP: usize = 256 * 1024;

/// What comes out of a decompressor: counted, and ended by the first fault, which is kept. So a scan keeps what it
/// found in front of the fault.
pub(super) struct Expanded<R> {
    inner: R,
    budget: Budget,
    fault: Option<Fault>,
    what: &'static str,
}

impl<R: Read> Expanded<R> {
    /// `what` decompresses, for messages.
    pub(super) fn new(inner: R, budget: Budget, what: &'static str) -> Self {
        Self {
            inner,
            budget,
            fault: None,
            what,
        }
    }

    /// What ended it early, if anything.
    pub(super) fn into_fault(self) -> Option<Fault> {
        self.fault
    }
}

impl<R: Read> Read for Expanded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.fault.is_some() || self.budget.is_over() {
            return Ok(0);
        }
        let length = buffer.len().min(STEP);
        let buffer = &mut buffer[..length];
        loop {
            match self.inner.read(buffer) {
                Ok(count) => {
                    if let Err(fault) = self.budget.add_expanded(count as u64) {
                        self.fault = Some(fault);
                    }
                    return Ok(count);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.fault = Some(Fault::of_decoder(self.what, &error));
                    return Ok(0);
                }
            }
        }
    }
}

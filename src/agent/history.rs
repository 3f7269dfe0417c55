//! Reads machines' histories for the core, a page at a time, on a thread that may block.

use crate::model::commit::History;
use crate::model::ids::MachineId;
use crate::model::time::Timestamp;
use crate::oee::plan::Plan;
use crate::pipeline::Resumed;
use crate::store::{HistoryCursor, ReadError, Reader};
use std::collections::BTreeMap;
use std::path::PathBuf;
use tokio::sync::mpsc;

/// Requests that may wait; the core has at most one per machine under way, and more only wait their turn.
const REQUESTS: usize = 4_096;

/// A request: from an instant on, or the next page.
pub type Request = (MachineId, Option<Timestamp>);

/// An answer: a page, or the machine whose history could not be read.
pub type Page = Result<History, MachineId>;

/// Starts the reading task.
pub fn start(folder: PathBuf) -> (mpsc::Sender<Request>, mpsc::UnboundedReceiver<Page>) {
    let (requests, requests_in) = mpsc::channel(REQUESTS);
    let (pages_out, pages) = mpsc::unbounded_channel();
    tokio::task::spawn_blocking(move || serve(Histories::new(folder), requests_in, &pages_out));
    (requests, pages)
}

/// Gives a machine at the start of a run all its facts from its checkpoint on, a page at a time.
///
/// # Errors
/// When the data folder cannot be read.
pub fn resume(reader: &Reader, machine: MachineId, resumed: &mut Resumed, plan: &Plan) -> Result<(), ReadError> {
    let (from, mut cursor) = (resumed.from(), HistoryCursor::default());
    loop {
        let page = reader.history(machine, from, &mut cursor)?;
        resumed.feed(page.facts.into_iter(), page.last, plan);
        if page.last {
            return Ok(());
        }
    }
}

/// The histories of a folder that are being read.
#[derive(Debug)]
pub struct Histories {
    folder: PathBuf,
    open: BTreeMap<MachineId, (Timestamp, HistoryCursor)>,
}

impl Histories {
    /// Those of a data folder; none is open yet.
    pub fn new(folder: PathBuf) -> Histories {
        Histories {
            folder,
            open: BTreeMap::new(),
        }
    }

    /// The page a request is for; none where the next page is asked for of a history that is not open.
    pub fn page(&mut self, (machine, from): Request) -> Option<Page> {
        if let Some(from) = from {
            self.open.insert(machine, (from, HistoryCursor::default()));
        }
        let (from, cursor) = self.open.get_mut(&machine)?;
        let page = Reader::open(&self.folder).and_then(|reader| reader.history(machine, *from, cursor));
        if page.as_ref().map_or(true, |page| page.last) {
            self.open.remove(&machine);
        }
        Some(page.map_err(|error| {
            tracing::error!(%error, "the history of a machine could not be read: its past stays marked to be worked out again");
            machine
        }))
    }
}

fn serve(mut histories: Histories, mut requests: mpsc::Receiver<Request>, pages: &mpsc::UnboundedSender<Page>) {
    while let Some(request) = requests.blocking_recv() {
        if histories.page(request).is_some_and(|page| pages.send(page).is_err()) {
            return;
        }
    }
}

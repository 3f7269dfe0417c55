//! Pure. Tables and labelled lines of at most a hundred columns, whatever the script.

use super::form::{fit, left, right, width};

/// A terminal of this width shows a report whole, and so does a page of A4 at ten characters to the inch, lying.
pub const COLUMNS: usize = 100;
/// Columns of the labels at the left.
const LABEL: usize = 30;
/// Columns between two cells.
const GAP: usize = 2;
/// The first column of a table is never narrower.
const NARROWEST: usize = 10;

/// A table: texts in the first `texts` columns, numbers in the others.
pub struct Table {
    texts: usize,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with the heads of its columns.
    pub fn new(texts: usize, head: &[&str]) -> Table {
        let head = head.iter().map(|cell| (*cell).to_owned()).collect();
        Table {
            texts,
            rows: vec![head],
        }
    }

    /// Adds a row of as many cells as there are heads.
    pub fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    /// True when it has a head alone.
    pub fn is_empty(&self) -> bool {
        self.rows.len() < 2
    }

    /// Its lines, two columns in; texts that are too long are cut.
    pub fn write(&self, out: &mut String) {
        let count = self.rows.first().map_or(0, Vec::len);
        let widest = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| width(cell)).max().unwrap_or(0)
        };
        let mut widths: Vec<usize> = (0..count).map(widest).collect();
        let mut over = (GAP + widths.iter().map(|width| width + GAP).sum::<usize>()).saturating_sub(COLUMNS + GAP);
        while let Some(longest) = (0..self.texts)
            .max_by_key(|column| widths[*column])
            .filter(|_| over > 0)
        {
            if widths[longest] <= NARROWEST {
                break;
            }
            widths[longest] -= 1;
            over -= 1;
        }
        for row in &self.rows {
            let cells = row.iter().zip(&widths).enumerate().map(|(column, (cell, width))| {
                let cell = fit(cell, *width);
                if column < self.texts {
                    left(&cell, *width)
                } else {
                    right(&cell, *width)
                }
            });
            let line = cells.collect::<Vec<_>>().join(&" ".repeat(GAP));
            out.push_str(&format!("{}{}\n", " ".repeat(GAP), line.trim_end()));
        }
    }
}

/// A label and what is said of it, broken into lines between its parts.
pub fn labelled(label: &str, parts: &[String], out: &mut String) {
    let label = fit(label, COLUMNS);
    let mut line = if width(&label) < LABEL {
        left(&label, LABEL)
    } else {
        out.push_str(&format!("{label}\n"));
        " ".repeat(LABEL)
    };
    let mut is_first = true;
    for part in parts {
        let part = fit(part, COLUMNS - LABEL);
        let gap = if is_first { 0 } else { 3 };
        if !is_first && width(&line) + gap + width(&part) > COLUMNS {
            out.push_str(&format!("{}\n", line.trim_end()));
            line = " ".repeat(LABEL);
        } else {
            line.push_str(&" ".repeat(gap));
        }
        line.push_str(&part);
        is_first = false;
    }
    out.push_str(&format!("{}\n", line.trim_end()));
}

/// Words broken into lines, each behind `mark`.
pub fn wrapped(mark: &str, text: &str, out: &mut String) {
    let mut line = mark.to_owned();
    let mut is_first = true;
    for word in text.split(' ') {
        let word = fit(word, COLUMNS - width(mark));
        if !is_first && width(&line) + 1 + width(&word) > COLUMNS {
            out.push_str(&format!("{line}\n"));
            line = " ".repeat(width(mark));
            is_first = true;
        }
        if !is_first {
            line.push(' ');
        }
        line.push_str(&word);
        is_first = false;
    }
    out.push_str(&format!("{}\n", line.trim_end()));
}

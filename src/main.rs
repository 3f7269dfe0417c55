//! Command line of gemba.

fn main() {}

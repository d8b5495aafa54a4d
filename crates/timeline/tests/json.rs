//! The `timeline` line, to the letter.

//! What is expected of each case, and where a report differs.
//!
//! A line of the file is `CASES | BEHAVIOR | CLOSE`, and ends with `| REASON` if one of the two is not OK. Cases are one
//! (`7.1.6`) or several with the same beginning (`7.1.1-5`). Each is there once: the file is the list of all cases.

use std::collections::BTreeMap;
use std::fs;

use crate::shell::{Trouble, root};

/// The file.
pub(super) const FILE: &str = "xtask/autobahn/expected.txt";

/// How a client behaved in a case, and how it closed, in the words of the suite.


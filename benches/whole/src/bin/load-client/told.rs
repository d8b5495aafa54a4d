//! The timelines that the tool wrote, added up.

use std::io::BufRead as _;

use rosterline_whole::sum::Sum;
use serde_json::Value;

use crate::Outcome;

/// Reads lines of JSON, and takes the last timeline of each interaction.
pub(crate) fn sum() -> Outcome {
    let (mut sum, mut entries, mut interactions) = (Sum::default(), 0_u64, 0_u64);
    for line in std::io::stdin().lock().lines() {
        let line: Value = serde_json::from_str(&line?)?;
        if line["kind"] != "timeline" {
            continue;
        }
        interactions += 1;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        for entry in line["entries"].as_array().into_iter().flatten() {
            entries += 1;
            let [at, action, who] = ["timestamp", "action", "participant"].map(|key| text(&entry[key]));
            sum.add(&text(&line["interaction_id"]), &at, &action, &who);
        }
    }
    println!("interactions={interactions} presences={entries} checksum={}", sum.0);
    Ok(())
}

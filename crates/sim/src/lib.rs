//! Seeded scenarios and the sans-IO server model that Rosterline is tested against.

//! What can be wrong in the driver, with the trap that finds it, on real tasks, timers and sockets.

use super::Bug;

/// A bug that a trap of `crates/conformance/src/traps` finds.
const fn trap(
    what: &'static str,
    file: &'static str,
    right: &'static str,
    wrong: &'static str,
    test: &'static str,
) -> Bug {
    Bug { what, file, right, wrong, test: ["rosterline-smol", "conformance", test], tutorial: &[] }
}

pub(super) const BUGS: &[Bug] = &[
    trap(
        "what is due waits for its timer",
        "crates/driver/src/driver.rs",
        "this.port.tick();",
        "if this.timer.is_none() { this.port.tick(); }",
        "a_deadline_that_has_passed_is_served_though_its_timer_is_pending",
    ),
    trap(
        "a timer that has fired is kept",
        "crates/driver/src/driver.rs",
        "        self.timer = None;\n        false",
        "        false",
        "a_fired_timer_is_thrown_away_also_when_its_deadline_is_gone",
    ),
    trap(
        "a timer is kept though the deadline is earlier",
        "crates/driver/src/driver.rs",
        "Some(timer) if timer.0 <= at => timer,",
        "Some(timer) => timer,",
        "a_deadline_that_moves_earlier_is_kept",
    ),
    trap(
        "a spent budget is the end of it",
        "crates/driver/src/driver.rs",
        "cx.waker().wake_by_ref();",
        "",
        "a_driver_that_has_spent_its_budget_wakes_itself",
    ),
    trap(
        "nobody says that there is room again",
        "crates/driver/src/events.rs",
        "let resumed = paused && door.session().wants_read();",
        "let resumed = paused && false;",
        "reading_that_was_paused_goes_on_and_nothing_is_lost",
    ),
    trap(
        "events that are dropped tell nobody",
        "crates/driver/src/events.rs",
        "        self.shared.command(Door::close);\n        self.shared.driver.wake();",
        "        self.shared.command(Door::close);",
        "without_events_the_driver_ends",
    ),
    trap(
        "a driver that is dropped tells nobody",
        "crates/driver/src/driver.rs",
        "self.port.shared.abandon();",
        "",
        "without_a_driver_the_events_end_and_the_connection_is_gone",
    ),
    trap(
        "wakers are woken under the lock",
        "crates/driver/src/port.rs",
        "            session.has_events()\n",
        "            if session.has_events() { self.shared.events.wake(); }\n            false\n",
        "the_handle_can_be_used_from_within_a_wake_up",
    ),
    trap(
        "tokens are asked for under the lock",
        "crates/driver/src/driver.rs",
        "self.requests.push((request, Request::Token(self.tokens.token(refused))));",
        "let tokens = &mut self.tokens;\n                    let token = self.port.shared.with(|_, _| tokens.token(refused));\n                    self.requests.push((request, Request::Token(token)));",
        "the_handle_can_be_used_from_within_a_source_of_tokens",
    ),
    trap(
        "a write error is told at once, and the end once more",
        "crates/driver/src/conn.rs",
        "                self.mute = Some(ending);",
        "                port.closed(id, ending.lend());\n                self.mute = Some(ending);",
        "a_write_error_with_messages_waiting_is_one_end",
    ),
    trap(
        "connections outlive their driver",
        "crates/driver/src/driver.rs",
        "impl<R: Runtime> Drop for Driver<R> {\n    fn drop(&mut self) {",
        "impl<R: Runtime> Drop for Driver<R> {\n    fn drop(&mut self) {\n        std::mem::forget(std::mem::take(&mut self.conns));",
        "a_driver_that_is_dropped_at_any_await_leaves_nothing_behind",
    ),
];

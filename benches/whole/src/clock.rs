//! Two clocks that the standard library does not show: one whose readings two processes can compare, and the processor
//! time of this process. Where there is none of them, they stand still, and the chore says that it needs a Unix.

/// Nanoseconds of the monotonic clock, the same in all processes of the machine.
#[must_use]
pub fn now() -> u64 {
    #[cfg(unix)]
    return nanos(rustix::time::clock_gettime(rustix::time::ClockId::Monotonic));
    #[cfg(not(unix))]
    0
}

/// Nanoseconds that all threads of this process have been on a core, those that have ended too.
#[must_use]
pub fn processor() -> u64 {
    #[cfg(unix)]
    return nanos(rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime));
    #[cfg(not(unix))]
    0
}

#[cfg(unix)]
fn nanos(time: rustix::time::Timespec) -> u64 {
    u64::try_from(time.tv_sec).unwrap_or(0) * 1_000_000_000 + u64::try_from(time.tv_nsec).unwrap_or(0)
}

/// Bytes of this process that are resident now; 0 where the system does not tell.
#[must_use]
pub fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok())
        .map_or(0, |kib| kib * 1024)
}

/// The value below which a share of the sorted values lies.
#[must_use]
pub fn quantile(sorted: &[u64], share: f64) -> u64 {
    let at = (sorted.len() as f64 * share) as usize;
    sorted.get(at.min(sorted.len().saturating_sub(1))).copied().unwrap_or(0)
}

//! Core and timeline in a program without std: with a panic handler and an allocator of its own.
//!
//! A second panic handler, which is std's, would be a duplicate language item: that is the whole proof.
#![no_std]

use core::alloc::{GlobalAlloc, Layout};
use core::mem::size_of;
use core::panic::PanicInfo;

/// Never has memory: nothing here is meant to run.
struct NoMemory;

// SAFETY: a null pointer is the documented answer of an allocator that has no memory left, so `dealloc`
// is never called with anything of ours.
unsafe impl GlobalAlloc for NoMemory {
    unsafe fn alloc(&self, _: Layout) -> *mut u8 {
        core::ptr::null_mut()
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}

#[global_allocator]
static ALLOCATOR: NoMemory = NoMemory;

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    loop {}
}

/// Names both machines, so that both crates are linked.
pub const SIZES: [usize; 2] =
    [size_of::<rosterline_core::Session>(), size_of::<rosterline_timeline::Timelines>()];

use std::time::{Duration, Instant};
use rosterline_driver::*;
use rosterline_core::*;
struct P(String, Instant0);
type Instant0 = rosterline_core::Instant;
impl Tap for P {
    fn input(&mut self, i: &Input<'_>, now: Instant0) { self.1=now; let s=format!("{i:?}"); if s.contains(&self.0) || !matches!(i, Input::Frame{..}|Input::Consumed{..}) { println!("{:>12.3} IN  {}", now.0 as f64/1e9, s.chars().take(300).collect::<String>()); } }
    fn command(&mut self, c: &Command<'_>, now: Instant0) { let s=format!("{c:?}"); let n=s.matches("participant").count(); println!("{:>12.3} CMD {} {}.. {}", now.0 as f64/1e9, s.contains(&self.0), n, s.chars().take(60).collect::<String>()); }
    fn action(&mut self, a: &Action) { println!("{:>12.3} ACT {:.160}", self.1.0 as f64/1e9, format!("{a:?}").chars().take(160).collect::<String>()); }
    fn event(&mut self, e: &Event, now: Instant0) { let s=format!("{e:?}"); if s.contains(&self.0) || !matches!(e, Event::Presence(_)|Event::Rejected(_)|Event::Unknown(_)) { println!("{:>12.3} EV  {}", now.0 as f64/1e9, s.chars().take(400).collect::<String>()); } }
    fn waits(&mut self, d: Option<Deadline>, r: bool) { if self.0=="waits" { println!("{:>12.3} WAIT {:?} {r}", self.1.0 as f64/1e9, d.map(|d| (d.at.0 as f64/1e9, d.timer))); } }
}
fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let mut n = args.iter().filter_map(|a| a.parse::<u64>().ok()).take(3);
    let (a, b, secs) = (n.next().unwrap(), n.next().unwrap(), n.next().unwrap());
    if let Some(word) = std::env::args().nth(4) {
        let o = rosterline_sim::Options::swarm(a, Duration::from_secs(secs));
        println!("{o}\n{:#?}", o.strikes);
        let r = o.run_before(Box::new(P(word.clone(), Default::default())));
        println!("{:?}", r.violation);
        return;
    }
    if std::env::var_os("SHRINK").is_some() { for s in a..b { if let Some(x) = rosterline_sim::Options::swarm(s, Duration::from_secs(secs)).shrink() { println!("{s} {} {} keep '{}' {:?} {:?}", x.violation.invariant, x.violation.what.chars().take(150).collect::<String>(), x.keep, x.strikes, x.frames); } } return; }
    let t = std::time::Instant::now();
    let s = rosterline_sim::campaign(a..b, Duration::from_secs(secs), 2, &|_| {});
    println!("{}", s.tally);
    println!("missing {:?}", s.tally.missing());
    println!("{} seeds {:?} simulated, {} events, hash {:016x}, twice {} in {:?}", s.seeds, s.simulated, s.events, s.hash, s.twice, t.elapsed());
    for (seed, v) in &s.failures { println!("FAIL {seed} {} at {:?}: {}", v.invariant, v.at, v.what); }
}

//! What must be true of a world that has healed and come to rest.

use chancery_exchange::{Holdings, Mark, MarkTarget};
use chancery_record::{Country, Record, SectionName, SectionSet};

use super::durable::read;
use super::shadow::is_part_of;
use crate::limits::CHATTER_MAX;
use crate::node::Node;
use crate::reference::sections;
use crate::world::World;

/// Everyone holds what it may have, nothing it may not, and has heard what it is owed.
pub fn check(world: &World) -> Result<(), String> {
    for node in world.nodes.values().filter(|node| !node.lies) {
        at_rest(world, node)?;
        if world.oracle.restored.contains(&node.country) {
            super::durable::given_back(&world.oracle, node)?;
        }
        for (id, sections) in &world.oracle.shadows.get(&node.country).ok_or("a node that never wrote")?.held {
            let held = read(node.store.sections_held(id))?;
            if held != Some(*sections) {
                return Err(format!("{} holds {held:?} of {id}, where {sections:?} was written", node.country));
            }
        }
        let held = read(node.store.extent())?.records;
        let written = world.oracle.shadows.get(&node.country).map_or(0, |shadow| shadow.held.len() as u64);
        if held != written {
            return Err(format!("{} holds {held} records, where {written} were written", node.country));
        }
    }
    let lies = |of: &Country| world.nodes.get(of).is_some_and(|node| node.lies);
    let chatter = world.chatter.iter().filter(|((from, to), _)| !lies(from) && !lies(to));
    if let Some(((from, to), frames)) = chatter.max_by_key(|(_, frames)| **frames).filter(|top| *top.1 > CHATTER_MAX) {
        return Err(format!("{from} has nothing to say to {to}, and said it in {frames} frames"));
    }
    for pair in world.links.keys() {
        for (from, to) in [(pair.0, pair.1), (pair.1, pair.0)] {
            let (Some(sender), Some(receiver)) = (world.nodes.get(&from), world.nodes.get(&to)) else { continue };
            if sender.lies || receiver.lies {
                continue;
            }
            let own = world.oracle.sealed.values().filter(|record| record.manifest().originator == from);
            for record in own {
                edge(world, sender, receiver, record)
                    .map_err(|what| format!("{} of {from} at {to}: {what}", record.id()))?;
            }
        }
    }
    Ok(())
}

/// Nothing waits but what waits for a day.
fn at_rest(world: &World, node: &Node) -> Result<(), String> {
    let of = node.country;
    let Some(exchange) = &node.exchange else { return Err(format!("{of} does not run")) };
    if !node.queue.is_empty() {
        return Err(format!("{of} still writes"));
    }
    for pair in world.links.keys().filter(|pair| pair.has(of)) {
        let peer = pair.other(of);
        if world.nodes.get(&peer).is_some_and(|node| node.lies) {
            continue;
        }
        let Some(state) = exchange.session_states().into_iter().find(|state| state.peer == peer) else {
            return Err(format!("{of} has no connection to {peer}"));
        };
        let Some(records) = state.records else { return Err(format!("{of} never heard the hello of {peer}")) };
        let treaties = !exchange.law().treaties_with(peer).is_empty();
        let expected = if treaties { chancery_exchange::Records::Flow } else { chancery_exchange::Records::NoTreaty };
        if records != expected {
            return Err(format!("{of} says of {peer}: {records:?}"));
        }
        if state.in_flight > 0 || state.obligations_in_flight > 0 || (treaties && !state.caught_up) {
            return Err(format!("{of} is not done with {peer}: {state:?}"));
        }
    }
    Ok(())
}

/// One record of one country at another.
fn edge(world: &World, sender: &Node, receiver: &Node, record: &Record) -> Result<(), String> {
    let (from, to, id) = (sender.country, receiver.country, record.id());
    let oracle = &world.oracle;
    let lineage = record.manifest().lineage;
    let sent = oracle.sent.get(&(from, to)).and_then(|sent| sent.get(&id)).copied();
    let (home, away) = (&oracle.shadows[&from], &oracle.shadows[&to]);
    let mark = read(receiver.store.mark(from, &lineage, &id))?;
    let copy = read(receiver.store.held(&id))?;
    let is_withdrawn = home.withdrawn.contains(&lineage);
    // INVARIANT (what is owed follows the record): whoever was ever told hears of it.
    if is_withdrawn && (sent.is_some() || home.told.get(&id).is_some_and(|told| told.contains(&to))) {
        if away.marks.get(&(from, MarkTarget::Lineage(lineage))) != Some(&Mark::Withdrawn) {
            return Err("it was withdrawn, and nobody said so here".into());
        }
        if copy.is_some() {
            return Err("it was withdrawn and is held".into());
        }
    }
    let now = sender.moment(world.now_ms);
    // A record that came back has only what its holders had: without its audience it is for nobody.
    let is_whole = home.held.get(&id).is_some_and(|held| held.contains(SectionName::Audience));
    let want = match is_whole {
        true => sections(&oracle.may_leave(sender, record, to, now)),
        false => SectionSet::EMPTY,
    };
    let Some(copy) = copy else {
        let is_missed = !want.is_empty() && mark != Some(Mark::Recalled);
        return if is_missed { Err(format!("{want:?} may be held, and nothing is")) } else { Ok(()) };
    };
    let has = copy.record.sections_held();
    if !sent.unwrap_or(SectionSet::EMPTY).contains_all(has) {
        return Err(format!("{has:?} is held, {sent:?} was sent"));
    }
    if !is_part_of(copy.record.envelope(), record.envelope()) {
        return Err("the copy is not as it was sealed".into());
    }
    if copy.mark.is_some_and(|mark| mark != Mark::Corrected) {
        return Err("it was taken back and is held".into());
    }
    let is_replaced = home.newest.get(&lineage).is_some_and(|newest| *newest > record.manifest().revision);
    if is_replaced && copy.mark != Some(Mark::Corrected) {
        return Err("it was superseded, and the copy does not say so".into());
    }
    if !is_replaced && !has.contains_all(want) {
        return Err(format!("{has:?} is held, {want:?} may be"));
    }
    Ok(())
}

/// Who would be told of a country.
pub fn peers_of(world: &World, of: Country) -> Vec<Country> {
    world.links.keys().filter(|pair| pair.has(of)).map(|pair| pair.other(of)).collect()
}

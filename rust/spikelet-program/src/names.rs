//! How the text names what a section reads and gives.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;

use crate::program::{Input, Output};

#[derive(Clone, Copy)]
pub(crate) struct Names<'a> {
    pub(crate) states: &'a [String],
    pub(crate) params: &'a [String],
}

pub(crate) fn input(word: &str, names: Names<'_>) -> Option<Input> {
    match word {
        "x" => return Some(Input::X),
        "u" => return Some(Input::Distance),
        "slope" => return Some(Input::Slope),
        "g.z" => return Some(Input::GradSpike),
        _ => {}
    }
    let (kind, name) = word.split_once('.')?;
    match kind {
        "s" => place(names.states, name).map(Input::State),
        "h" => place(names.states, name).map(Input::Charged),
        "g" => place(names.states, name).map(Input::GradState),
        "p" => place(names.params, name).map(Input::Param),
        _ => None,
    }
}

pub(crate) fn output(word: &str, names: Names<'_>) -> Option<Output> {
    match word {
        "z" => return Some(Output::Spike),
        "slope" => return Some(Output::Slope),
        "g.x" => return Some(Output::GradInput),
        _ => {}
    }
    let (kind, name) = word.split_once('.')?;
    match kind {
        "h" => place(names.states, name).map(Output::Charged),
        "s" => place(names.states, name).map(Output::State),
        "g" => place(names.states, name).map(Output::GradState),
        "gp" => place(names.params, name).map(Output::GradParam),
        _ => None,
    }
}

pub(crate) fn spelled(output: Output, names: Names<'_>) -> String {
    match output {
        Output::Charged(index) => format!("h.{}", names.states[index]),
        Output::Spike => "z".to_owned(),
        Output::State(index) => format!("s.{}", names.states[index]),
        Output::Slope => "slope".to_owned(),
        Output::GradInput => "g.x".to_owned(),
        Output::GradState(index) => format!("g.{}", names.states[index]),
        Output::GradParam(index) => format!("gp.{}", names.params[index]),
    }
}

pub(crate) fn place(names: &[String], wanted: &str) -> Option<usize> {
    names.iter().position(|name| name == wanted)
}

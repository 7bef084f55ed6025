//! The attributes of the XML in a header: only `node` and `attr` elements count, entities stay as they are.

use std::borrow::ToOwned;
use std::string::String;
use std::vec::Vec;

use crate::header::Field;

/// Deepest nesting that is followed.
const MAX_DEPTH: usize = 16;

/// Every `attr` as a field whose key is the path of its nodes, joined by slashes; what is damaged ends the list.
pub(super) fn attributes(text: &str) -> Vec<Field> {
    let mut nodes: Vec<&str> = Vec::new();
    let mut fields = Vec::new();
    let mut rest = text;
    while let Some((_, tag)) = rest.split_once('<') {
        let Some((tag, after)) = tag.split_once('>') else {
            break;
        };
        rest = after;
        if tag == "/node" {
            nodes.pop();
        } else if is_element(tag, "node") && !tag.ends_with('/') {
            let Some(name) = attribute(tag, "name").filter(|_| nodes.len() < MAX_DEPTH) else {
                break;
            };
            nodes.push(name);
        } else if is_element(tag, "attr") {
            let value = after.split('<').next().unwrap_or_default();
            let Some(key) = attribute(tag, "key") else {
                break;
            };
            fields.push(Field {
                key: path(&nodes, key),
                value: value.to_owned(),
            });
        }
    }
    fields
}

fn path(nodes: &[&str], key: &str) -> String {
    let mut path = String::new();
    for node in nodes {
        path.extend([node, "/"]);
    }
    path + key
}

fn is_element(tag: &str, name: &str) -> bool {
    let rest = tag.strip_prefix(name);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n', '/']))
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let start = tag.match_indices(name).find_map(|(at, _)| {
        let is_word = tag.get(..at)?.ends_with([' ', '\t', '\r', '\n']);
        let value = tag.get(at + name.len()..)?.strip_prefix("=\"")?;
        is_word.then_some(value)
    })?;
    start.split_once('"').map(|(value, _)| value)
}

#[cfg(test)]
mod tests {
    use super::attributes;

    fn rows(text: &str) -> std::vec::Vec<(std::string::String, std::string::String)> {
        attributes(text)
            .into_iter()
            .map(|field| (field.key, field.value))
            .collect()
    }

    #[test]
    fn attributes_are_named_by_the_nodes_around_them() {
        let text = "<dv version=\"2.0\">\n <node name=\"outInfo\" path=\"/outInfo/\"><node name=\"0\">\
                    <attr key=\"typeIdentifier\" type=\"string\">EVTS</attr>\
                    <node name=\"info\"><attr type=\"int\" key=\"sizeX\">346</attr></node></node>\
                    <node name=\"1\"><attr key=\"typeIdentifier\">FRME</attr></node></node></dv>";
        let expected = [
            ("outInfo/0/typeIdentifier", "EVTS"),
            ("outInfo/0/info/sizeX", "346"),
            ("outInfo/1/typeIdentifier", "FRME"),
        ];
        assert_eq!(
            rows(text),
            expected.map(|(key, value)| (key.into(), value.into()))
        );
    }

    #[test]
    fn damaged_text_ends_the_list_without_a_panic() {
        let nested = "<node name=\"a\">".repeat(1000) + "<attr key=\"b\">1</attr>";
        for text in [
            "",
            "<",
            "<node",
            "<node>",
            "<attr key=\"",
            "<attr keys=\"a\">1",
            "</node></node>",
            &nested,
        ] {
            assert_eq!(rows(text), [], "{text}");
        }
    }
}

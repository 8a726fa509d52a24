//! Server-sent events, read from a stream of bytes wherever it is cut: in a line, or in a character.

/// The state between two pieces.
#[derive(Debug, Default)]
pub(super) struct Events {
    /// The line that has begun.
    line: Vec<u8>,
    /// The data of the event that has begun; None without any.
    data: Option<String>,
    /// Whether the previous byte was a carriage return: a line feed after it belongs to it.
    after_return: bool,
}

impl Events {
    /// Adds a piece and returns the data of each event that it ends. Other fields and comments are left out.
    pub(super) fn add(&mut self, piece: &[u8]) -> Vec<String> {
        let mut ended = Vec::new();
        for byte in piece {
            let follows_return = std::mem::replace(&mut self.after_return, *byte == b'\r');
            match byte {
                b'\n' if follows_return => {}
                b'\n' | b'\r' => ended.extend(self.end_line()),
                _ => self.line.push(*byte),
            }
        }
        ended
    }

    /// The data of an event that was not ended by an empty line. Some endpoints leave it out at the end.
    pub(super) fn end(mut self) -> Option<String> {
        self.end_line();
        self.data
    }

    /// Ends a line. An empty one ends the event.
    fn end_line(&mut self) -> Option<String> {
        let line = std::mem::take(&mut self.line);
        if line.is_empty() {
            return self.data.take();
        }
        let line = String::from_utf8_lossy(&line);
        let (field, value) = line.split_once(':').unwrap_or((&line, ""));
        if field == "data" {
            let value = value.strip_prefix(' ').unwrap_or(value);
            match &mut self.data {
                Some(data) => {
                    data.push('\n');
                    data.push_str(value);
                }
                None => self.data = Some(value.to_owned()),
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_does_not_matter_where_the_bytes_are_cut() {
        let text = ": ping\r\n\r\nevent: message\r\ndata: {\"ї\":\r\ndata:1}\r\nid: 7\r\n\r\ndata: два\n\n\ndata:  3\r\rdata: [DONE]";
        for size in 1..text.len() {
            let mut events = Events::default();
            let mut data: Vec<String> = text.as_bytes().chunks(size).flat_map(|piece| events.add(piece)).collect();
            data.extend(events.end());
            assert_eq!(data, ["{\"ї\":\n1}", "два", " 3", "[DONE]"], "{size}");
        }
    }
}

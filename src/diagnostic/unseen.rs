//! Characters that do something instead of showing themselves.

/// Whether a character does something to a screen or a page instead of showing
/// itself: it moves the cursor, colours the terminal, turns the direction of
/// what follows, or cannot be seen at all. Whoever shows input shows these as
/// something else.
///
/// ```
/// use classmark::diagnostic::is_unseen;
/// assert!(is_unseen('\u{1b}') && is_unseen('\u{202e}'));
/// assert!(!is_unseen('é'));
/// ```
pub fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{feff}' // invisible
            | '\u{200b}' | '\u{200e}' | '\u{200f}' // invisible, directions
            | '\u{2028}'..='\u{202e}' // line ends, directions
            | '\u{2060}'..='\u{206f}' // invisible, directions
            | '\u{fdd0}'..='\u{fdef}' // no characters
            | '\u{fff9}'..='\u{fffb}' // annotations
            | '\u{e0000}'..='\u{e007f}') // invisible copies of ASCII
        || u32::from(c) & 0xfffe == 0xfffe // no characters
}

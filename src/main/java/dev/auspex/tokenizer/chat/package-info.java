/// Chat templates: the part of Jinja that models' templates use, so that a conversation is laid out
/// as the model was tuned on.
///
/// Read by {@link dev.auspex.tokenizer.chat.ChatTemplate}; a template is data of a stranger, so
/// what it may loop and write is bounded, and it reaches nothing but the variables it is given.
@org.jspecify.annotations.NullMarked
package dev.auspex.tokenizer.chat;

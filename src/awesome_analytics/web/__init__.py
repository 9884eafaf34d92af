"""The pages in the browser; nothing else imports them."""

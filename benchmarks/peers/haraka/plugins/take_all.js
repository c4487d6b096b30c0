'use strict'
exports.hook_rcpt = (next) => next(OK)
exports.hook_queue = (next) => next(OK, 'taken')

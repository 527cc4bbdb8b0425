import './site.css'; console.log('styled')
